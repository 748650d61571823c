# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_layer_version_permission" "this" {
  action          = "lambda:GetLayerVersion"
  layer_name      = "life"
  organization_id = null
  principal       = "111122223333"
  skip_destroy    = false
  statement_id    = "share"
  version_number  = 1
}
