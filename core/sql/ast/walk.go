package ast

import "reflect"

// Inspect visits n and what is below it in the order of the text, parents first.
// It does not go below a node for which f reports false. Nil nodes are not visited.
func Inspect(n Node, f func(Node) bool) {
	if isNil(n) || !f(n) {
		return
	}
	eachChild(n, func(c Node) { Inspect(c, f) })
}

// Walk visits n and what is below it; leave is called for each node after its
// children, also for one whose children enter refused.
func Walk(n Node, enter func(Node) bool, leave func(Node)) {
	if isNil(n) {
		return
	}
	if enter(n) {
		eachChild(n, func(c Node) { Walk(c, enter, leave) })
	}
	leave(n)
}

// isNil also finds the nil pointers that optional fields put into the interface.
func isNil(n Node) bool {
	if n == nil {
		return true
	}
	v := reflect.ValueOf(n)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

func each[T Node](list []T, f func(Node)) {
	for _, n := range list {
		f(n)
	}
}

// eachChild calls f for the children of n, optional ones perhaps nil.
func eachChild(n Node, f func(Node)) {
	switch n := n.(type) {
	case Expr:
		eachExprChild(n, f)
	case QueryExpr:
		eachQueryChild(n, f)
	case TableExpr:
		eachTableChild(n, f)
	case Statement:
		eachStatementChild(n, f)
	default:
		eachPartChild(n, f)
	}
}

func eachExprChild(n Expr, f func(Node)) {
	switch n := n.(type) {
	case *ColumnRef:
		each(n.Parts, f)
	case *Star:
		f(n.Qualifier)
	case *FieldAccess:
		f(n.X)
		f(n.Field)
	case *Subscript:
		f(n.X)
		f(n.Index)
	case *Unary:
		f(n.X)
	case *Binary:
		f(n.Left)
		f(n.Right)
	case *Is:
		f(n.X)
	case *Between:
		f(n.X)
		f(n.Low)
		f(n.High)
	case *Like:
		f(n.X)
		f(n.Pattern)
		f(n.Escape)
	case *In:
		f(n.X)
		each(n.List, f)
		f(n.Query)
	case *Exists:
		f(n.Query)
	case *Quantified:
		f(n.X)
		each(n.List, f)
		f(n.Query)
	case *Subquery:
		f(n.Query)
	case *Case:
		f(n.Operand)
		each(n.Whens, f)
		f(n.Else)
	case *Cast:
		f(n.X)
		f(n.Type)
	case *ArrayExpr:
		each(n.Elems, f)
	case *MapExpr:
		for i := range n.Keys {
			f(n.Keys[i])
			f(n.Values[i])
		}
	case *RowExpr:
		each(n.Elems, f)
	case *DateDiff:
		f(n.Left)
		f(n.Right)
	default:
		eachCallChild(n, f)
	}
}

func eachCallChild(n Expr, f func(Node)) {
	switch n := n.(type) {
	case *Call:
		f(n.Name)
		each(n.Args, f)
		each(n.OrderBy, f)
		each(n.WithinGroup, f)
		f(n.Filter)
		f(n.Over)
	case *NamedArg:
		f(n.Name)
		f(n.Value)
	case *TableArg:
		f(n.Table)
		f(n.Func)
		f(n.Query)
		each(n.PartitionBy, f)
		each(n.OrderBy, f)
	case *Descriptor:
		each(n.Columns, f)
	case *JSONCall:
		each(n.Args, f)
		f(n.Returning)
		f(n.OnEmpty)
		f(n.OnError)
		f(n.Filter)
		f(n.Over)
	}
}

func eachQueryChild(n QueryExpr, f func(Node)) {
	switch n := n.(type) {
	case *Query:
		each(n.With, f)
		f(n.Body)
		each(n.OrderBy, f)
		f(n.Limit)
		f(n.Offset)
	case *Select:
		each(n.Hints, f)
		each(n.Items, f)
		f(n.From)
		f(n.Where)
		f(n.GroupBy)
		f(n.Having)
		each(n.Windows, f)
		f(n.Qualify)
	case *SetOp:
		f(n.Left)
		f(n.Right)
	case *Values:
		each(n.Rows, f)
	case *TableQuery:
		f(n.Name)
	}
}

func eachTableChild(n TableExpr, f func(Node)) {
	switch n := n.(type) {
	case *TableRef:
		f(n.Name)
		each(n.Hints, f)
		f(n.AsOf)
		f(n.Alias)
	case *FileRef:
		f(n.Path)
		f(n.Alias)
	case *TableFunc:
		f(n.Call)
		f(n.Alias)
	case *Unnest:
		each(n.Exprs, f)
		f(n.Alias)
	case *Derived:
		f(n.Query)
		f(n.Alias)
	case *Join:
		f(n.Left)
		f(n.Right)
		f(n.On)
		each(n.Using, f)
	}
}

// eachPartChild is for the nodes that are parts of others.
func eachPartChild(n Node, f func(Node)) {
	switch n := n.(type) {
	case *Name:
		each(n.Parts, f)
	case *When:
		each(n.Conds, f)
		f(n.Then)
	case *JSONBehavior:
		f(n.Default)
	case *CTE:
		f(n.Name)
		each(n.Columns, f)
		f(n.Query)
	case *SelectItem:
		f(n.Expr)
		f(n.Alias)
	case *GroupBy:
		each(n.Items, f)
	case *GroupItem:
		each(n.Exprs, f)
		each(n.Items, f)
	case *OrderItem:
		f(n.Expr)
	case *ValuesRow:
		each(n.Exprs, f)
	case *NamedWindow:
		f(n.Name)
		f(n.Spec)
	case *Window:
		f(n.Base)
		each(n.PartitionBy, f)
		each(n.OrderBy, f)
		f(n.Frame)
	case *Frame:
		f(n.Start)
		f(n.End)
	case *FrameBound:
		f(n.Offset)
	case *Hint:
		f(n.Name)
		each(n.Args, f)
	case *HintArg:
		f(n.Value)
	case *Alias:
		f(n.Name)
		each(n.Columns, f)
	case *DataType:
		each(n.Args, f)
		each(n.Fields, f)
	case *Field:
		f(n.Name)
		f(n.Type)
		f(n.Comment)
	default:
		eachDefinitionChild(n, f)
	}
}

// eachDefinitionChild is for the parts of DDL.
func eachDefinitionChild(n Node, f func(Node)) {
	switch n := n.(type) {
	case *ColumnDef:
		f(n.Name)
		f(n.Type)
		f(n.Expr)
		f(n.MetadataKey)
		f(n.Comment)
	case *Watermark:
		f(n.Column)
		f(n.Expr)
	case *PrimaryKey:
		f(n.Name)
		each(n.Columns, f)
	case *Distribution:
		each(n.Columns, f)
	case *LikeTable:
		f(n.Table)
		each(n.Options, f)
	case *Option:
		f(n.Key)
		f(n.Value)
	case *ViewColumn:
		f(n.Name)
		f(n.Comment)
	case *Resource:
		f(n.URI)
	case *Rename:
		f(n.To)
	case *RenameColumn:
		f(n.From)
		f(n.To)
	case *ChangeColumns:
		each(n.Columns, f)
		each(n.Watermarks, f)
		f(n.PrimaryKey)
		f(n.Distribution)
	case *PlacedColumn:
		f(n.Def)
		f(n.After)
	case *DropColumns:
		each(n.Columns, f)
	case *DropClause:
		f(n.Constraint)
	case *SetQuery:
		f(n.Query)
	case *SetComment:
		f(n.Comment)
	case *SetOptions:
		each(n.Options, f)
	case *ResetOptions:
		each(n.Keys, f)
	case *PartitionValue:
		f(n.Column)
		f(n.Value)
	}
}

func eachStatementChild(n Statement, f func(Node)) {
	switch n := n.(type) {
	case *CreateTable:
		f(n.Name)
		each(n.Columns, f)
		each(n.ColumnNames, f)
		each(n.Watermarks, f)
		f(n.PrimaryKey)
		f(n.Comment)
		f(n.Distribution)
		each(n.PartitionBy, f)
		each(n.Options, f)
		f(n.Like)
		f(n.As)
	case *CreateView:
		f(n.Name)
		each(n.Columns, f)
		f(n.Comment)
		f(n.Query)
	case *CreateFunction:
		f(n.Name)
		f(n.Class)
		each(n.Using, f)
		each(n.Options, f)
	case *CreateCatalog:
		f(n.Name)
		f(n.Comment)
		each(n.Options, f)
	case *CreateDatabase:
		f(n.Name)
		f(n.Comment)
		each(n.Options, f)
	case *Drop:
		f(n.Name)
	case *Alter:
		f(n.Name)
		f(n.Action)
	case *Insert:
		f(n.Table)
		each(n.Hints, f)
		each(n.Partition, f)
		each(n.Columns, f)
		f(n.Query)
	case *StatementSet:
		each(n.Inserts, f)
	case *Set:
		f(n.Key)
		f(n.Value)
	case *Reset:
		f(n.Key)
	case *Explain:
		f(n.Statement)
	case *Describe:
		f(n.Name)
		f(n.ID)
	case *StopJob:
		f(n.ID)
	case *Show:
		f(n.From)
		f(n.Pattern)
	case *Use:
		f(n.Name)
	case *Analyze:
		f(n.Table)
		each(n.Partition, f)
		each(n.Columns, f)
	}
}
