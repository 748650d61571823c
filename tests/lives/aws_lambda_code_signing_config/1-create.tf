# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_code_signing_config" "this" {
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/team/abcdefghij"]
  }
}
