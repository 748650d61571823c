# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_invocation" "this" {
  function_name   = aws_lambda_function.other.function_name
  input           = jsonencode({ a = 1 })
  lifecycle_scope = "CRUD"
}
