# It is there from the first step on.
data "aws_cloudwatch_log_group" "full" {
  name = "/parity/full"
}

resource "aws_cloudwatch_log_group" "new" {
  name              = "/parity/moved"
  retention_in_days = 7
}

resource "aws_iam_policy" "single" {
  count  = 2
  name   = count.index == 0 ? "single" : "second"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}

module "after" {
  source   = "./app"
  for_each = toset(["x"])
  name     = "moved"
}

module "kept" {
  source = "./kept"
}

moved {
  from = aws_cloudwatch_log_group.old
  to   = aws_cloudwatch_log_group.new
}

moved {
  from = aws_iam_policy.single
  to   = aws_iam_policy.single[0]
}

moved {
  from = aws_s3_object.inner
  to   = module.kept.aws_s3_object.object
}

moved {
  from = module.before
  to   = module.after["x"]
}

removed {
  from = aws_lambda_permission.left

  lifecycle {
    destroy = false
  }
}
