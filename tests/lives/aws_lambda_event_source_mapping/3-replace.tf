# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_lambda_event_source_mapping" "this" {
  function_name    = aws_lambda_function.other.function_name
  event_source_arn = "arn:aws:sqs:us-east-1:123456789012:jobs"

  scaling_config {
    maximum_concurrency = 5
  }
}
