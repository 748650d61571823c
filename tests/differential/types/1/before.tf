resource "aws_cloudwatch_log_group" "old" {
  name = "/parity/moved"
}

resource "aws_iam_policy" "single" {
  name   = "single"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}

resource "aws_lambda_permission" "left" {
  statement_id  = "left"
  function_name = aws_lambda_function.plain.function_name
  action        = "lambda:InvokeFunction"
  principal     = "s3.amazonaws.com"
}

resource "aws_s3_object" "inner" {
  bucket  = "code"
  key     = "inner.txt"
  content = "inner"
}

module "before" {
  source = "./app"
  name   = "moved"
}
