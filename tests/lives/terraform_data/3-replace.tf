# expect: Plan: 1 to add, 0 to change, 1 to destroy.
resource "terraform_data" "this" {
  input            = "two"
  triggers_replace = "second"
}
