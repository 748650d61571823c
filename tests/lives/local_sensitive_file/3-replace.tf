# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "local_sensitive_file" "this" {
  filename = "made/secret.txt"
  source   = "text.txt"
}
