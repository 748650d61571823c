# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "local_file" "this" {
  filename        = "made/greeting.txt"
  content_base64  = base64encode("bye")
  file_permission = "0640"
}
