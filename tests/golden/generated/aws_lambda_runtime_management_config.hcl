# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_runtime_management_config" "this" {
  function_name       = "life"
  qualifier           = null
  runtime_version_arn = null
  update_runtime_on   = "FunctionUpdate"
}
