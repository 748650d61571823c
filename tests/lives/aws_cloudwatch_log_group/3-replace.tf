# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_cloudwatch_log_group" "this" {
  name              = "/life/two"
  retention_in_days = 14
}
