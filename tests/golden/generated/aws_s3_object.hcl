# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_s3_object" "this" {
  acl                           = null
  bucket                        = "life"
  bucket_key_enabled            = false
  cache_control                 = null
  checksum_algorithm            = null
  content                       = null
  content_base64                = null
  content_disposition           = null
  content_encoding              = null
  content_language              = null
  content_type                  = "application/octet-stream"
  etag                          = filemd5("a.zip")
  force_destroy                 = null
  key                           = "code/a.zip"
  kms_key_id                    = null
  metadata                      = {}
  object_lock_legal_hold_status = null
  object_lock_mode              = null
  object_lock_retain_until_date = null
  server_side_encryption        = "AES256"
  source                        = "a.zip"
  source_hash                   = null
  storage_class                 = "STANDARD"
  tags                          = {}
  website_redirect              = null
}
