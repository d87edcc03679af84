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

// walk visits the node and all below it.
func (n *node) walk(visit func(*node)) {
	if n == nil {
		return
	}
	visit(n)
	n.a.walk(visit)
	n.b.walk(visit)
	n.c.walk(visit)
	for _, k := range n.kids {
		k.walk(visit)
	}
}

// mentions reports whether a variable of the name may be read below the node.
func (n *node) mentions(name string) bool {
	found := false
	n.walk(func(m *node) { found = found || m.kind == nRef && m.name == name })
	return found
}

// captures reports whether a function is defined below the node: it keeps its scope.
func (n *node) captures() bool {
	found := false
	n.walk(func(m *node) { found = found || m.kind == nFunction })
	return found
}
