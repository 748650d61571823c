# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_lambda_alias" "this" {
  name             = "next"
  function_name    = aws_lambda_function.other.function_name
  function_version = aws_lambda_function.other.version
}
