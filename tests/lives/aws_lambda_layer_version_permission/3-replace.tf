# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_lambda_layer_version_permission" "this" {
  layer_name      = aws_lambda_layer_version.other.layer_name
  version_number  = aws_lambda_layer_version.other.version
  statement_id    = "account"
  action          = "lambda:GetLayerVersion"
  principal       = "*"
  organization_id = "o-1234567890"
}
