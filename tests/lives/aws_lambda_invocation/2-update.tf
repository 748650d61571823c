# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_lambda_invocation" "this" {
  function_name   = aws_lambda_function.other.function_name
  input           = jsonencode({ a = 2 })
  lifecycle_scope = "CRUD"
}
