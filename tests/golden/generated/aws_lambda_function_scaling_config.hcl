# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_function_scaling_config" "this" {
  function_name = "life"
  qualifier     = "1"
  function_scaling_config {
    max_execution_environments = 9
    min_execution_environments = 1
  }
}
