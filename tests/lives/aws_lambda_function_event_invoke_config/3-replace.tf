# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name          = aws_lambda_function.other.function_name
  qualifier              = aws_lambda_alias.live.name
  maximum_retry_attempts = 1

  destination_config {
    on_success {
      destination = "arn:aws:sqs:us-east-1:123456789012:done"
    }
  }
}
