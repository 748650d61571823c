# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_code_signing_config" "this" {
  description = null
  tags        = {}
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/team/abcdefghij"]
  }
  policies {
    untrusted_artifact_on_deployment = "Warn"
  }
}
