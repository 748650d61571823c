# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = "life"
  maximum_event_age_in_seconds = 60
  maximum_retry_attempts       = 2
  qualifier                    = null
}
