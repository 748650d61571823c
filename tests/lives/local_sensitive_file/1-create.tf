# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "local_sensitive_file" "this" {
  filename = "made/secret.txt"
  content  = "hunter2"
}
