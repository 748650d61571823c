# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_lambda_runtime_management_config" "this" {
  function_name       = aws_lambda_function.other.function_name
  update_runtime_on   = "Manual"
  runtime_version_arn = "arn:aws:lambda:us-east-1::runtime:0cdcfbdefbc5e7d3343f73c2e2dd3cba17d61dea0686b404502a0c9ce83931b9"
}
