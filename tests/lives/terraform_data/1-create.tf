# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "terraform_data" "this" {
  input            = "one"
  triggers_replace = "first"
}
