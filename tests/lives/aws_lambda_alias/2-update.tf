# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_lambda_alias" "this" {
  name             = "live"
  function_name    = aws_lambda_function.other.function_name
  function_version = aws_lambda_function.other.version
  description      = "changed"
}
