# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_event_source_mapping" "this" {
  function_name     = aws_lambda_function.other.function_name
  event_source_arn  = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
  starting_position = "LATEST"
  batch_size        = 7
  tags              = { a = "1" }

  filter_criteria {
    filter {
      pattern = jsonencode({ data = { kind = ["click"] } })
    }
  }
}
