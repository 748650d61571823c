# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_lambda_function_scaling_config" "this" {
  function_name = aws_lambda_function.second.function_name
  qualifier     = aws_lambda_function.second.version
  function_scaling_config {
    min_execution_environments = 2
    max_execution_environments = 9
  }
}
