# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "local_file" "this" {
  filename = "made/greeting.txt"
  content  = "hello"
}
