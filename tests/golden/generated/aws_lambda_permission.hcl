# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_permission" "this" {
  action                 = "lambda:InvokeFunction"
  event_source_token     = null
  function_name          = "life"
  function_url_auth_type = null
  principal              = "s3.amazonaws.com"
  principal_org_id       = null
  qualifier              = null
  source_account         = "123456789012"
  source_arn             = "arn:aws:s3:::bucket"
  statement_id           = "AllowBucket"
}
