# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_function_scaling_config" "this" {
  function_name = aws_lambda_function.other.function_name
  qualifier     = aws_lambda_function.other.version
  function_scaling_config {
    min_execution_environments = 1
    max_execution_environments = 9
  }
}
