# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_resource_policy" "this" {
  policy = jsonencode({
    Statement = [{
      Action = "lambda:InvokeFunction"
      Effect = "Allow"
      Principal = {
        Service = "s3.amazonaws.com"
      }
      Resource = "arn:aws:lambda:us-east-1:123456789012:function:life"
      Sid      = "one"
    }]
    Version = "2012-10-17"
  })
  resource_arn = "arn:aws:lambda:us-east-1:123456789012:function:life"
}
