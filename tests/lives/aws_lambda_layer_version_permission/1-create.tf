# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_layer_version_permission" "this" {
  layer_name     = aws_lambda_layer_version.other.layer_name
  version_number = aws_lambda_layer_version.other.version
  statement_id   = "account"
  action         = "lambda:GetLayerVersion"
  principal      = "123456789012"
}
