# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_provisioned_concurrency_config" "this" {
  function_name                     = "life"
  provisioned_concurrent_executions = 1
  qualifier                         = "live"
  skip_destroy                      = null
}
