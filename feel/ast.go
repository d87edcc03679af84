package feel

// nodeKind is the type of a node of the tree.
type nodeKind uint8

const (
	nConst nodeKind = iota
	nInput          // ?
	nList
	nContext
	nRange // as an argument
	nRef
	nPath
	nFilter
	nNegate
	nArith
	nCompare // op = < <= > >= or =
	nNotEqual
	nAnd
	nOr
	nBetween
	nIf
	nFor
	nSome
	nEvery
	nIteration // a..b of a for
	nIn
	nInstance
	nCall
	nMethod // call through a path
	nFunction
	nInputCompare // < 3 of a unary test
	nInputEqual
	nInputRange
	nAnyOf
	nNot
	nUnaryTest
)

// operators of nArith and nCompare.
const (
	opAdd byte = iota
	opSub
	opMul
	opDiv
	opPow
	opLT
	opLE
	opGT
	opGE
	opEQ
)

// node is one node of the parsed tree. What the fields hold depends on the kind:
// a, b, c operands; kids items, arguments, values of entries or iterators; name and
// names the path of a reference, keys, parameters or argument names.
type node struct {
	kind nodeKind
	op   byte
	// startClosed and endClosed belong to ranges, named to calls.
	startClosed, endClosed, named bool
	// captures says that a function is defined at or below the node: it keeps its
	// scope. partial says that a variable of that name may be read there.
	captures, partial bool

	pos   int32
	depth int32
	a, b  *node
	c     *node
	kids  []*node
	name  string
	names []string
	val   Value
}

// isComparison reports the kinds for which a filter skips its first, item-less look.
func (n *node) isComparison() bool { return n.kind == nCompare || n.kind == nCall || n.kind == nMethod }
