# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_provisioned_concurrency_config" "this" {
  function_name                     = aws_lambda_function.other.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = 1
}
