# Documents of every kind; `expected.json` holds what release 5.100 of the provider made of them.
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "a"
  secret_key                  = "b"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
}

data "aws_iam_policy_document" "empty" {}
data "aws_iam_policy_document" "basic" {
  statement {
    actions   = ["s3:GetObject", "s3:PutObject", "a:A", "A:b"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "full" {
  policy_id = "pid"
  version   = "2008-10-17"
  statement {
    sid           = "One"
    effect        = "Deny"
    not_actions   = ["b:z", "a:y"]
    not_resources = ["r2", "r1", "r10"]
    not_principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::123456789012:root", "210987654321"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:x"
      values   = ["b", "a", "b"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:a"
      values   = ["single"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = [true]
    }
  }
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
    principals {
      type        = "AWS"
      identifiers = ["b", "a"]
    }
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com", "aa.amazonaws.com"]
    }
  }
}
data "aws_iam_policy_document" "star" {
  statement {
    actions = ["*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
  statement {
    sid = ""
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
  statement {
    sid = "both"
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    principals {
      type        = "AWS"
      identifiers = ["x"]
    }
  }
  statement {
    sid = "starx"
    principals {
      type        = "*"
      identifiers = ["x", "y"]
    }
  }
  statement {
    sid = "nobody"
    principals {
      type        = "AWS"
      identifiers = []
    }
  }
}
data "aws_iam_policy_document" "vars" {
  statement {
    sid       = "a&{b}"
    actions   = ["s3:&{x}"]
    resources = ["arn:aws:s3:::b/&{aws:username}/*", "<&{html}>&\"é\u2028\t\\", "$${x}&{"]
    principals {
      type        = "AWS"
      identifiers = ["&{p}"]
    }
    principals {
      type        = "&{T}"
      identifiers = ["&{p}", "q"]
    }
    condition {
      test     = "StringLike"
      variable = "&{v}"
      values   = ["&{a}", "$", "&", "{}", ""]
    }
    condition {
      test     = "&{t}"
      variable = "x"
      values   = []
    }
  }
}
data "aws_iam_policy_document" "cond" {
  statement {
    actions   = []
    resources = []
    condition {
      test     = "StringEquals"
      variable = "x"
      values   = ["a"]
    }
    condition {
      test     = "StringEquals"
      variable = "x"
      values   = ["b", "c"]
    }
    condition {
      test     = "StringEquals"
      variable = "x"
      values   = ["b"]
    }
    condition {
      test     = "A"
      variable = "x"
      values   = ["zz", "b", "a"]
    }
    condition {
      test     = "A"
      variable = ""
      values   = []
    }
  }
}
data "aws_iam_policy_document" "sources" {
  source_policy_documents = [data.aws_iam_policy_document.full.json, data.aws_iam_policy_document.basic.json, ""]
  statement {
    sid       = "One"
    actions   = ["x:y"]
    resources = ["*"]
  }
  statement {
    sid       = "Two"
    actions   = ["x:y"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "over" {
  override_policy_documents = [data.aws_iam_policy_document.full.json, data.aws_iam_policy_document.basic.json]
  statement {
    sid       = "Two"
    actions   = ["x:y"]
    resources = ["*"]
  }
  statement {
    sid       = "One"
    actions   = ["x:y"]
    resources = ["*"]
  }
  statement {
    actions   = ["no:sid"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "old" {


  version   = "2012-10-17"
  policy_id = "mine"
  statement {
    sid       = "Two"
    actions   = ["x:y"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "raw2" {
  source_policy_documents = [
    jsonencode({ Statement = [{ Effect = "allow", Foo = "x", Action = ["b", "a"], Resource = "&{x}$${y}", Principal = { AWS = ["b"], Federated = "c" } }] }),
    "{ \"Statement\": [] }",
    jsonencode({ Statement = [{ Sid = "x", Action = "1" }, { Sid = "x2", Action = "2" }] }),
    jsonencode({ Statement = [{ Action = "3" }] }),
  ]
  override_policy_documents = [
    jsonencode({ Version = "2008-10-17", Id = "o", Statement = [{ Sid = "x", Action = "over" }, { Sid = "new", Action = "n" }, { Action = "nosid" }] }),
    jsonencode({ Statement = [{ Sid = "new", Action = "n2" }] }),
  ]
}
data "aws_iam_policy_document" "raw3" {
  source_policy_documents = [
    jsonencode({ Statement = [{ Condition = { B = { k = ["x"] }, A = { l = "m", a = [] } }, Principal = { "*" = "*" } }] }),
    jsonencode({ Statement = [{ Condition = { B = { k = ["b", "a"] } }, Principal = { "AWS" = "*" } }] }),
    jsonencode({ Statement = [{ Principal = { "AWS" = ["*"] }, Action = [], Resource = ["x"] }] }),
    jsonencode({ statement = [{ effect = "Deny", action = "low" }] }),
  ]
}
data "aws_iam_policy_document" "chain" {
  source_policy_documents = [data.aws_iam_policy_document.star.json, data.aws_iam_policy_document.vars.json]
}
data "aws_iam_policy_document" "ver" {
  version                 = "2012-10-17"
  source_policy_documents = [jsonencode({ Version = "2008-10-17", Statement = [] })]
}
data "aws_iam_policy_document" "idver" {
  policy_id                 = "mine"
  source_policy_documents   = [jsonencode({ Id = "theirs", Statement = [{ Sid = "q", Action = "x" }] })]
  override_policy_documents = [jsonencode({ Id = "over" })]
}

data "aws_iam_policy_document" "asc" {
  source_policy_documents = ["{\"Statement\": [{\"Action\": [\"a\", \"b\", \"c\"], \"NotAction\": [\"p\", \"q\"], \"Resource\": [\"r\", \"s\"], \"NotResource\": [\"a\", \"z\"], \"Principal\": {\"AWS\": [\"a\", \"b\"], \"Service\": [\"x\", \"y\"]}, \"NotPrincipal\": {\"AWS\": [\"m\", \"n\"]}, \"Condition\": {\"T\": {\"k\": [\"a\", \"b\"], \"v\": \"s\"}}}]}"]
}


data "aws_iam_policy_document" "boolcond" {
  source_policy_documents = ["{\"Statement\": [{\"Action\": \"a\", \"Condition\": {\"Bool\": {\"k\": true}}}]}"]
}

data "aws_iam_policy_document" "numcond" {
  source_policy_documents = ["{\"Statement\": [{\"Action\": \"a\", \"Condition\": {\"N\": {\"k\": 1}}}]}"]
}

data "aws_iam_policy_document" "nullcond" {
  source_policy_documents = ["{\"Statement\": [{\"Action\": \"a\", \"Condition\": {\"N\": {\"k\": null}}}]}"]
}

data "aws_iam_policy_document" "numaction" {
  source_policy_documents = ["{\"Statement\": [{\"Action\": 1.0, \"Resource\": [1, true, null, {\"a\": 1}]}]}"]
}

data "aws_iam_policy_document" "objaction" {
  source_policy_documents = ["{\"Statement\": [{\"Action\": {\"b\": 1, \"a\": \"<\"}, \"Resource\": 12345678901234567890}]}"]
}



data "aws_iam_policy_document" "prstr" {
  source_policy_documents = ["{\"Statement\": [{\"Principal\": \"x\"}]}"]
}


data "aws_iam_policy_document" "prempty" {
  source_policy_documents = ["{\"Statement\": [{\"Principal\": {}}]}"]
}

data "aws_iam_policy_document" "premptylist" {
  source_policy_documents = ["{\"Statement\": [{\"Principal\": {\"AWS\": []}}]}"]
}


data "aws_iam_policy_document" "prstarlist" {
  source_policy_documents = ["{\"Statement\": [{\"Principal\": {\"*\": [\"*\"]}}]}"]
}

data "aws_iam_policy_document" "condempty" {
  source_policy_documents = ["{\"Statement\": [{\"Action\": \"a\", \"Condition\": {}}]}"]
}

data "aws_iam_policy_document" "condtestempty" {
  source_policy_documents = ["{\"Statement\": [{\"Action\": \"a\", \"Condition\": {\"T\": {}}}]}"]
}

data "aws_iam_policy_document" "conddup" {
  source_policy_documents = ["{\"Statement\": [{\"Action\": \"a\", \"Condition\": {\"T\": {\"k\": [\"a\", \"a\", \"b\"]}}}]}"]
}



data "aws_iam_policy_document" "nulldoc" {
  source_policy_documents = ["null"]
}

data "aws_iam_policy_document" "emptydoc" {
  source_policy_documents = ["{}"]
}


data "aws_iam_policy_document" "stmtnull" {
  source_policy_documents = ["{\"Statement\": null}"]
}


data "aws_iam_policy_document" "ver2020" {
  source_policy_documents = ["{\"Version\": \"2020-01-01\", \"Id\": \"\"}"]
}




data "aws_iam_policy_document" "keydup" {
  source_policy_documents = ["{\"Statement\":[{\"Action\":\"a\",\"Action\":\"b\",\"action\":\"c\"}]}"]
}

data "aws_iam_policy_document" "unicode" {
  source_policy_documents = ["{\"Statement\":[{\"Action\":\"\\u0001\\b\\f\\n\\r\\t\\u007f\\u2028\\u2029<>&'/\\/é\\ud83d\\ude00\"}]}"]
}


data "aws_iam_policy_document" "floats" {
  source_policy_documents = ["{\"Statement\":[{\"Action\":[1e21,1e20,1e-7,0.000001,-0,1.5e300,100,1E5]}]}"]
}

data "aws_iam_policy_document" "strcondempty" {
  source_policy_documents = ["{\"Statement\": [{\"Action\": \"a\", \"Condition\": {\"T\": {\"k\": \"\"}}}]}"]
}


data "aws_iam_policy_document" "old2008act" {
  version = "2008-10-17"
  statement {
    actions = ["&{x}"]
  }
}
data "aws_iam_policy_document" "overdupsid" {
  statement {
    sid     = "x"
    actions = ["a"]
  }
  override_policy_documents = [jsonencode({ Statement = [{ Sid = "x", Action = "1" }, { Sid = "x", Action = "2" }] })]
}
data "aws_iam_policy_document" "emptystmt" {
  statement {}
  statement {}
}
data "aws_iam_policy_document" "setorder" {
  statement {
    dynamic "principals" {
      for_each = range(12)
      content {
        type        = "AWS"
        identifiers = ["u${principals.value}", "v${principals.value * 7}"]
      }
    }
    dynamic "condition" {
      for_each = range(12)
      content {
        test     = "T"
        variable = "v${condition.value % 2}"
        values   = ["u${condition.value}", "v${condition.value * 7}"]
      }
    }
  }
}
data "aws_iam_policy_document" "setorder2" {
  statement {
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    principals {
      type        = "*"
      identifiers = ["a"]
    }
    not_principals {
      type        = "*"
      identifiers = ["*", "*"]
    }
    condition {
      test     = "T"
      variable = "x"
      values   = []
    }
    condition {
      test     = "T"
      variable = "x"
      values   = ["a"]
    }
  }
}
