# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_iam_role_policy_attachment" "this" {
  policy_arn = "arn:aws:iam::123456789012:policy/first"
  role       = "other"
}
