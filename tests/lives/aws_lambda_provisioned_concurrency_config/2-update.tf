# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_lambda_provisioned_concurrency_config" "this" {
  function_name                     = aws_lambda_function.other.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = 2
}
