package keyvault

// kind is one of the three sorts of objects in a vault.
type kind struct {
	plural   string // in paths, and in permissions
	singular string
	title    string
	officer  string // the role that may change them
	reader   string // the role that may read them
}

func keys() kind {
	return kind{"keys", "key", "Key", "Key Vault Crypto Officer", "Key Vault Reader"}
}

func secrets() kind {
	return kind{"secrets", "secret", "Secret", "Key Vault Secrets Officer", "Key Vault Secrets User"}
}

func certificates() kind {
	return kind{"certificates", "certificate", "Certificate", "Key Vault Certificates Officer", "Key Vault Reader"}
}

// kindNamed is the kind that Object Type names.
func kindNamed(objectType string) kind {
	switch objectType {
	case "Keys":
		return keys()
	case "Certificates":
		return certificates()
	}
	return secrets()
}
