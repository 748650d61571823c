# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_alias" "this" {
  name             = "live"
  function_name    = aws_lambda_function.other.function_name
  function_version = aws_lambda_function.other.version
}
