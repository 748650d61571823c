# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_layer_version_permission" "this" {
  layer_name     = aws_lambda_layer_version.shared.layer_name
  version_number = aws_lambda_layer_version.shared.version
  statement_id   = "share"
  action         = "lambda:GetLayerVersion"
  principal      = "111122223333"
}
