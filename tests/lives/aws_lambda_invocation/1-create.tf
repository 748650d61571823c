# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_invocation" "this" {
  function_name   = aws_lambda_function.other.function_name
  lifecycle_scope = "CRUD"
  input           = jsonencode({ stage = "one" })
}
