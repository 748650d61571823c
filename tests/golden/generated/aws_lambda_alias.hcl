# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_alias" "this" {
  description      = null
  function_name    = "life"
  function_version = "1"
  name             = "live"
}
