# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_lambda_invocation" "this" {
  function_name   = aws_lambda_function.other.function_name
  input           = jsonencode({ a = 2 })
  lifecycle_scope = "CRUD"
  triggers        = { at = "once more" }
}
