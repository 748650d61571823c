# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_event_source_mapping" "this" {
  batch_size                         = 7
  bisect_batch_on_function_error     = false
  enabled                            = true
  event_source_arn                   = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
  function_name                      = "arn:aws:lambda:us-east-1:123456789012:function:life"
  function_response_types            = []
  kms_key_arn                        = null
  maximum_batching_window_in_seconds = 0
  maximum_record_age_in_seconds      = -1
  maximum_retry_attempts             = -1
  parallelization_factor             = 1
  queues                             = []
  starting_position                  = "LATEST"
  starting_position_timestamp        = null
  tags = {
    a = "1"
  }
  topics                     = []
  tumbling_window_in_seconds = 0
  filter_criteria {
    filter {
      pattern = jsonencode({
        data = {
          kind = ["click"]
        }
      })
    }
  }
}
