resource "aws_s3_object" "plain" {
  bucket = "code"
  key    = "plain.txt"
}

resource "aws_s3_object" "source" {
  bucket      = "code"
  key         = "packages/a.zip"
  source      = local.first ? "a.zip" : "b.zip"
  source_hash = local.first ? filemd5("a.zip") : filemd5("b.zip")
  tags        = { step = var.step }
}

resource "aws_s3_object" "full" {
  bucket                 = "code"
  key                    = "full.json"
  content                = jsonencode({ step = var.step })
  etag                   = md5(jsonencode({ step = var.step }))
  content_type           = "application/json"
  cache_control          = local.first ? "no-cache" : "max-age=60"
  content_disposition    = "inline"
  content_encoding       = "utf-8"
  content_language       = "en"
  metadata               = local.first ? { owner = "me", step = "1" } : { owner = "you" }
  storage_class          = local.first ? "STANDARD" : "STANDARD_IA"
  server_side_encryption = "AES256"
  force_destroy          = true
  website_redirect       = "/elsewhere"
  checksum_algorithm     = "SHA256"

  override_provider {
    default_tags {
      tags = {}
    }
  }
}

resource "aws_s3_object" "replaced" {
  bucket         = "code"
  key            = "replaced-${local.first ? 1 : 2}.bin"
  content_base64 = base64encode("bytes")
}
