# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_cloudwatch_log_group" "this" {
  kms_key_id        = null
  log_group_class   = "STANDARD"
  name              = "/life/one"
  retention_in_days = 0
  skip_destroy      = false
  tags = {
    a = "1"
  }
}
