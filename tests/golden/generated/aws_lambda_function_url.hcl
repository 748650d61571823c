# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_function_url" "this" {
  authorization_type = "NONE"
  function_name      = "life"
  invoke_mode        = "BUFFERED"
  qualifier          = null
}
