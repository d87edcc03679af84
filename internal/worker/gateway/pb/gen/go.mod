// Only "go generate" needs this: the compiler of .proto files and its plugins,
// pinned here, stay out of the binary's own modules.
module github.com/fairlead-io/fairlead/internal/worker/gateway/pb/gen

go 1.26.8

require (
	github.com/bufbuild/protocompile v0.14.1 // indirect
	golang.org/x/sync v0.8.0 // indirect
	google.golang.org/grpc/cmd/protoc-gen-go-grpc v1.6.2 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

tool (
	google.golang.org/grpc/cmd/protoc-gen-go-grpc
	google.golang.org/protobuf/cmd/protoc-gen-go
)
