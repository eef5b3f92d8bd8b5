package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// json binds a JSON function with its clauses.
func (x *exprBinder) json(e *ast.JSONCall) *expr.Expr {
	switch e.Name {
	case "JSON_OBJECT", "JSON_ARRAY":
		return x.jsonMake(e)
	case "JSON_VALUE", "JSON_QUERY", "JSON_EXISTS":
		return x.jsonQuery(e)
	}
	return x.jsonAggregate(e)
}

// jsonAggregate binds JSON_ARRAYAGG and JSON_OBJECTAGG: functions of their own stand
// for what is written about NULL, and for values that are JSON already.
func (x *exprBinder) jsonAggregate(e *ast.JSONCall) *expr.Expr {
	if e.Over != nil {
		unsupported(e, "OVER of "+e.Name)
	}
	name := e.Name
	if e.OnNull == ast.AbsentOnNull && e.Name == "JSON_OBJECTAGG" {
		name = "$JSON_OBJECTAGG ABSENT"
	}
	if e.OnNull == ast.NullOnNull && e.Name == "JSON_ARRAYAGG" {
		name = "$JSON_ARRAYAGG NULL"
	}
	if inner, ok := e.Args[len(e.Args)-1].(*ast.JSONCall); ok && (inner.Name == "JSON_OBJECT" || inner.Name == "JSON_ARRAY") {
		name = "$" + strings.TrimPrefix(name, "$") + " RAW"
	}
	return x.aggregate(&ast.Call{At: e.At, Args: e.Args, Filter: e.Filter}, lookup(e, name))
}

// jsonLetters are how the functions of core/function/scalar name what stands before
// ON EMPTY and ON ERROR.
var jsonLetters = map[string]string{
	"NULL": "N", "ERROR": "E", "DEFAULT": "D", "EMPTY ARRAY": "A", "EMPTY OBJECT": "O", "TRUE": "T", "FALSE": "F", "UNKNOWN": "N",
}

// jsonBehaviors are those that each function has.
var jsonBehaviors = map[string]string{
	"JSON_VALUE": "NULL, ERROR, DEFAULT", "JSON_QUERY": "NULL, ERROR, EMPTY ARRAY, EMPTY OBJECT", "JSON_EXISTS": "TRUE, FALSE, UNKNOWN, ERROR",
}

// jsonQuery binds JSON_VALUE, JSON_QUERY and JSON_EXISTS. Behind document and path
// stand, where there are clauses, a constant that says how to answer, a NULL of the
// type that RETURNING names, and the defaults.
func (x *exprBinder) jsonQuery(e *ast.JSONCall) *expr.Expr {
	args := x.all(e.Args)
	if e.Returning == nil && e.Wrapper == ast.WrapperUnspecified && e.OnEmpty == nil && e.OnError == nil {
		return x.call(e, e.Name, args...)
	}
	if e.Name == "JSON_EXISTS" {
		return x.call(e, e.Name, append(args, word(behavior(e, e.OnError), e))...)
	}
	how := behavior(e, e.OnEmpty) + behavior(e, e.OnError)
	if e.Name == "JSON_QUERY" {
		how += map[ast.JSONWrapper]string{ast.ConditionalWrapper: "C", ast.UnconditionalWrapper: "U"}[e.Wrapper]
		if len(how) == 2 {
			how += "N"
		}
	}
	t := types.StringType
	if e.Returning != nil {
		t = dataType(e.Returning)
	}
	null := expr.Lit(t.WithNull(true), types.NullValue())
	null.Pos = e.Pos()
	args = append(args, word(how, e), null)
	for _, b := range []*ast.JSONBehavior{e.OnEmpty, e.OnError} {
		if b != nil && b.Default != nil {
			args = append(args, x.castTo(x.bind(b.Default), t, b))
		}
	}
	return x.call(e, e.Name, args...)
}

func behavior(e *ast.JSONCall, b *ast.JSONBehavior) string {
	if b == nil {
		if e.Name == "JSON_EXISTS" {
			return jsonLetters["FALSE"]
		}
		return jsonLetters["NULL"]
	}
	for _, known := range strings.Split(jsonBehaviors[e.Name], ", ") {
		if known == b.Kind {
			return jsonLetters[known]
		}
	}
	fail(sqlerr.New(sqlerr.Syntax, b.Pos(), "%s cannot answer by %s", e.Name, b.Kind).WithHint("%s", jsonBehaviors[e.Name]))
	return ""
}

// jsonMake binds a constructor of JSON. How NULL and values that are JSON already
// are written stands before the arguments.
func (x *exprBinder) jsonMake(e *ast.JSONCall) *expr.Expr {
	how := []byte{'N'}
	if e.OnNull == ast.AbsentOnNull || e.OnNull == ast.OnNullUnspecified && e.Name == "JSON_ARRAY" {
		how[0] = 'A'
	}
	args := []*expr.Expr{nil}
	for _, a := range e.Args {
		kind := byte('v')
		if inner, ok := a.(*ast.JSONCall); ok && (inner.Name == "JSON_OBJECT" || inner.Name == "JSON_ARRAY") {
			kind = 'r'
		}
		arg := x.rawJSON(a)
		if arg == nil {
			arg = x.bind(a)
		} else {
			kind = 'r'
		}
		how = append(how, kind)
		args = append(args, arg)
	}
	args[0] = word(string(how), e)
	return x.call(e, e.Name, args...)
}

// rawJSON binds JSON(text) as a value of a constructor: text that is JSON already.
func (x *exprBinder) rawJSON(a ast.Expr) *expr.Expr {
	e, ok := a.(*ast.Call)
	if !ok || len(e.Name.Parts) != 1 || !strings.EqualFold(e.Name.Last().Text, "JSON") {
		return nil
	}
	f, _ := function.Lookup("JSON")
	return apply(e, f, x.all(e.Args))
}
