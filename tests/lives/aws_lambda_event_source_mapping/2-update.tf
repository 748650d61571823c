# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_lambda_event_source_mapping" "this" {
  function_name           = aws_lambda_alias.live.arn
  event_source_arn        = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
  starting_position       = "LATEST"
  enabled                 = false
  maximum_retry_attempts  = 0
  parallelization_factor  = 2
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = { b = "2" }

  destination_config {
    on_failure {
      destination_arn = "arn:aws:sqs:us-east-1:123456789012:failed"
    }
  }
}
