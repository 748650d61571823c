# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "terraform_data" "this" {
  input            = "two"
  triggers_replace = "first"
}
