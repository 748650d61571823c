# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name          = aws_lambda_function.other.function_name
  maximum_retry_attempts = 0

  destination_config {
    on_failure {
      destination = "arn:aws:sqs:us-east-1:123456789012:failed"
    }
  }
}
