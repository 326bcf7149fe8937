/// The instructions of the machine, one a line: this table is their documentation and what the disassembly prints.
///
/// What an API server charges for an operation stands in the instruction's `y` where it is known beforehand, together with what
/// its operands cost that need no instruction. Calls have their function there: what they cost is paid by the instructions
/// around them.
///
/// It is a register machine. An operand is a register: a variable of the request, a lazy slot, a constant, or a
/// temporary, so that reading a variable or a constant costs no instruction. Where the meaning speaks of an error, a
/// value of another kind than the operation takes counts as one (`no such overload`).
// The columns are the point.
// swift-format-ignore
enum Opcode: UInt8, CaseIterable, Sendable {
  // name                d        a         b          meaning
  case move             // result   value     -          d = a
  case select           // result   operand   name       d = a.b
  case selectOptional   // result   operand   name       d = a.?b (x = 1: error where a can have no fields)
  case has              // result   operand   name       d = has(a.b) (x = 1: error where a can have no fields)
  case index            // result   operand   key        d = a[b]
  case indexOptional    // result   operand   key        d = a[?b]
  case equal            // result   left      right      d = a == b; costs what the shorter does
  case notEqual         // result   left      right      d = a != b
  case less             // result   left      right      d = a < b; this and the next: x = 1: costs what the shorter does
  case lessOrEqual      // result   left      right      d = a <= b
  case greater          // result   left      right      d = a > b
  case greaterOrEqual   // result   left      right      d = a >= b
  case add              // result   left      right      d = a + b; x = 1: costs what both do
  case subtract         // result   left      right      d = a - b
  case multiply         // result   left      right      d = a * b
  case divide           // result   left      right      d = a / b
  case modulo           // result   left      right      d = a % b
  case negate           // result   operand   -          d = -a
  case not              // result   operand   -          d = !a
  case contains         // result   needle    container  d = a in b; x = 1: costs b's size
  case containsConstant // result   needle    set        d = a in the constant collection b, by hash
  case match            // result   text      pattern    d = a.matches(b), b compiled at load
  case call1            // result   argument  -          d = function y of a
  case call2            // result   first     second     d = function y of a and b
  case call             // result   first     count      d = function y of the b registers from a on
  case jump             // -        -         target     go to b
  case branch           // result   condition target     a true: go on; false: go to b; error: d = a, go to b - 1
  case jumpIfFalse      // -        condition target     a is false: go to b
  case jumpIfTrue       // -        condition target     a is true: go to b
  case and              // both     right     -          d = d && a, where d is not false; the error of either only if no false
  case or               // both     right     -          d = d || a, where d is not true; the error of either only if no true
  case orValue          // result   optional  target     a has a value: d = it, go to b; error: d = a, go to b; none: go on
  case orOptional       // result   optional  target     a has a value: d = a, go to b; error: d = a, go to b; none: go on
  case unwrap           // result   optional  target     a has a value: d = it, go on; error or none: d = a, go to b
  case charge           // -        -         -          costs y
  case price            // -        first     second     costs what rule x says of operands a and b
  case mark             // result   -         -          d = what was charged so far
  case repay            // mark     -         -          costs what was charged since mark d, but for 2, again
  case lazy             // slot     -         target     where slot d is not computed yet: call b, which computes it
  case lazyReturn       // slot     value     -          d = a; go back to behind the call
  case share            // slot     -        target     slot d is computed: costs what that has cost, go to b (x = 1: needs lazy slots)
  case keep             // slot     value    -          d = a, which has cost what was charged since share (x = 1: needs lazy slots)
  case enter            // -        -        node       a trace notes that the computation of node b begins
  case leave            // -        value    node       a trace notes that node b is a, and what was charged since enter
  case finish           // -        value     -          the evaluation's result is a
  case list             // result   first     count      d = list of the b registers from a on
  case listForCount     // result   -         count      d = empty list with room for b elements
  case listForLoop      // result   walk      -          d = empty list with room for an element of each step
  case mapForCount      // result   -         count      d = empty map with room for b entries
  case mapForLoop       // result   walk      -          d = empty map with room for an entry of each step
  case append           // list     value     target     d gets a (x = 1: what optional a holds, if anything); go to b
  case put              // map      key       target     d gets the entry of registers a, a + 1 (x: see PutMode); go to b
  case putAll           // map      map       target     d gets all entries of a, none of which it may have; go to b
  case walk             // walk     range     target     start of a loop over a; not iterable or error: d - 1 = error, go to b
  case step             // walk     work      target     d + 1 = next element or key; none left: go to b
  case stepEntry        // walk     work      target     d + 1, d + 2 = next index or key, and its value; none left: go to b
  case allStep          // result   predicate target     a false: d = false, go on; else d = d && a, go to b
  case existsStep       // result   predicate target     a true: d = true, go on; else d = d || a, go to b
  case oneStep          // count    predicate target     a true: d + 1; error: d = a; go to b
  case oneResult        // result   -         -          d = whether the count d is 1
  case filterStep       // result   predicate target     a true: go on; false: go to b; error: d = a, go to b
}

extension Opcode {
  /// What a field of an instruction refers to.
  enum Field: Sendable {
    case none, register, name, target, count, set, pattern, node
  }

  /// The meaning of the fields d, a and b.
  var fields: (d: Field, a: Field, b: Field) {
    switch self {
    case .move, .negate, .not, .call1, .and, .or, .lazyReturn, .keep, .listForLoop, .mapForLoop:
      (.register, .register, .none)
    case .select, .selectOptional, .has: (.register, .register, .name)
    case .index, .indexOptional, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .add, .subtract,
      .multiply, .divide, .modulo, .contains, .call2:
      (.register, .register, .register)
    case .containsConstant: (.register, .register, .set)
    case .match: (.register, .register, .pattern)
    case .call, .list: (.register, .register, .count)
    case .jump: (.none, .none, .target)
    case .charge: (.none, .none, .none)
    case .price: (.none, .register, .register)
    case .jumpIfFalse, .jumpIfTrue: (.none, .register, .target)
    case .branch, .orValue, .orOptional, .unwrap, .append, .put, .putAll, .walk, .allStep, .existsStep, .oneStep,
      .filterStep:
      (.register, .register, .target)
    case .lazy, .share: (.register, .none, .target)
    case .step, .stepEntry: (.register, .count, .target)
    case .finish: (.none, .register, .none)
    case .enter: (.none, .none, .node)
    case .leave: (.none, .register, .node)
    case .listForCount, .mapForCount: (.register, .none, .count)
    case .oneResult, .mark, .repay: (.register, .none, .none)
    }
  }
}

/// What `put` does with a key that the map has already, in its `x`.
enum PutMode: UInt8, Sendable {
  /// A literal: the later entry wins, as in cel-go.
  case replace
  /// A literal's optional entry: a value of none takes the key out.
  case replaceOptional
  /// A transformation: an error.
  case insert
  /// A literal where a repeated key is an error, as the CEL specification has it.
  case strict
  case strictOptional
}

/// One instruction: sixteen trivial bytes.
struct Instruction: BitwiseCopyable, Sendable {
  var opcode: Opcode
  var x: UInt8 = 0
  /// The function of a call; what anything else costs.
  var y: UInt16 = 0
  var d: UInt32 = 0
  var a: UInt32 = 0
  var b: UInt32 = 0
}
