//! A model of a thousand microflows, the same in every run.
//!
//! Ten modules, each with an enumeration, six entities that refer to one another, and a hundred microflows of the kinds that
//! business applications have: look-ups, guards, loops over lists, calls of one another, error handlers, calculations.

use std::fmt::Write;

use brooklet_compiler::source::Source;
use brooklet_test_support::Random;

const MODULES: usize = 10;
const ENTITIES: usize = 6;
const MICROFLOWS: usize = 100;

/// All microflows of the model.
pub(crate) const ALL_MICROFLOWS: usize = MODULES * MICROFLOWS;

/// One source for each module.
pub(crate) fn model() -> Vec<Source> {
    let mut random = Random::new(1);
    (0..MODULES).map(|module| Source { name: format!("{module:02}.mdl"), text: text(module, &mut random) }).collect()
}

fn text(module: usize, random: &mut Random) -> String {
    let mut text = format!(
        "mdl 1;\n\ncreate module M{module};\n\n\
         create enumeration M{module}.State ( Open 'Open', Paid 'Paid', Shipped 'Shipped', Closed 'Closed' );\n\n"
    );
    for entity in 0..ENTITIES {
        let owner = (entity + 1) % ENTITIES;
        let written = write!(
            text,
            "/** The entity {entity} of the module {module}. */\n\
             create persistent entity M{module}.E{entity} (\n  \
             Number: Integer,\n  Name: String(80) not null error message 'A name is needed',\n  \
             Amount: Decimal default 0,\n  Due: DateTime,\n  Done: Boolean default false,\n  \
             State: enum M{module}.State default M{module}.State.Open\n);\n\
             create association M{module}.E{entity}_Owner from M{module}.E{entity} to M{module}.E{owner} type reference;\n\n"
        );
        written.unwrap_or_default();
    }
    for microflow in 0..MICROFLOWS {
        text.push_str(&one(module, microflow, random));
    }
    text
}

/// One microflow; it calls only those before it, so that none calls itself.
fn one(module: usize, microflow: usize, random: &mut Random) -> String {
    let m = format!("M{module}");
    let entity = random.below(ENTITIES);
    let e = format!("{m}.E{entity}");
    let owner = format!("{m}.E{}", (entity + 1) % ENTITIES);
    let name = format!("{m}.F{microflow}");
    let limit = 1 + random.below(1000);
    // The first five have nothing to call; those before them of the same kind take the same parameters.
    let kind = microflow % 5;
    let callee = format!("{m}.F{}", microflow.saturating_sub(5 * (1 + random.below(3))).max(kind));
    let has_callee = microflow >= 5;
    match kind {
        0 => format!(
            "/** Sums what is due. */\n\
             create microflow {name} ( Least: Decimal, On: DateTime ) returns Decimal\nbegin\n  \
             retrieve $List from {e} where [Amount >= $Least and Done = false and State != 'Closed'] sort by Number limit {limit};\n  \
             declare $Total Decimal = 0;\n  declare $Late Integer = 0;\n  \
             loop $Item in $List begin\n    \
             if $Item/Due != empty and $Item/Due < $On then\n      set $Late = $Late + 1;\n      \
             set $Total = $Total + $Item/Amount * 1.05;\n    \
             elsif $Item/State = {m}.State.Open then\n      set $Total = $Total + $Item/Amount;\n    end if;\n  end loop;\n  \
             if $Late > {limit} then\n    log warning node '{m}' '{{1}} of {{2}} are late' with ({{1}} = toString($Late), {{2}} = toString(length($List)));\n  end if;\n  \
             {call}return round($Total, 2);\nend;\n\n",
            call = if has_callee {
                format!(
                    "$Before = call microflow {callee}(Least = $Least + 1, On = addDays($On, -1));\n  set $Total = $Total + $Before;\n  "
                )
            } else {
                String::new()
            },
        ),
        1 => format!(
            "/** Makes one with its owner. */\n\
             create microflow {name} ( Name: String, Amount: Decimal ) returns {e}\nbegin\n  \
             if trim($Name) = '' then\n    throw 'A name is needed';\n  end if;\n  \
             retrieve $Owner from {owner} where [Name = $Name] first;\n  \
             if $Owner = empty then\n    $Made = create {owner} (Name = trim($Name), Number = {limit}) commit;\n    set $Owner = $Made;\n  end if;\n  \
             $New = create {e} (\n    Name = toUpperCase(substring($Name, 0, 1)) + substring($Name, 1),\n    Amount = if $Amount = empty then 0 else $Amount,\n    \
             Due = addDays([%CurrentDateTime%], {limit}),\n    State = {m}.State.Open,\n    {e}_Owner = $Owner\n  ) commit;\n  return $New;\nend;\n\n"
        ),
        2 => format!(
            "/** Closes one, and its owner when nothing is left to do. */\n\
             create microflow {name} ( Item: {e} ) returns Boolean\nbegin\n  \
             if $Item = empty then\n    return false;\n  end if;\n  \
             case $Item/State\n    when Open then\n      change $Item (State = {m}.State.Paid, Done = false);\n    \
             when Paid then\n      change $Item (State = {m}.State.Shipped);\n    else\n      change $Item (State = {m}.State.Closed, Done = true);\n  end case;\n  \
             retrieve $Owner from $Item/{e}_Owner;\n  \
             if $Owner != empty then\n    retrieve $Others from {e} where [{e}_Owner = $Owner and Done = false];\n    \
             $Left = count $Others;\n    if $Left <= 1 then\n      change $Owner (Done = true, Amount = $Owner/Amount + $Item/Amount);\n      commit $Owner;\n    end if;\n  end if;\n  \
             commit $Item;\n  return $Item/Done;\nend;\n\n"
        ),
        3 => format!(
            "/** Calculates a price. */\n\
             create microflow {name} ( Quantity: Integer, Price: Decimal, Rush: Boolean, Code: String ) returns Decimal\nbegin\n  \
             declare $Discount Decimal = if $Quantity >= {limit} then 0.15 else if $Quantity >= 10 then 0.05 else 0;\n  \
             declare $Sum Decimal = $Quantity * $Price * (1 - $Discount);\n  \
             if $Rush and not(startsWith($Code, 'FREE')) then\n    set $Sum = $Sum + max(5, $Sum * 0.02);\n  end if;\n  \
             declare $Digits Integer = 0;\n  declare $Rest Integer = $Quantity;\n  \
             while $Rest > 0 begin\n    set $Digits = $Digits + $Rest mod 10;\n    set $Rest = floor($Rest div 10);\n  end while;\n  \
             if $Digits mod 7 = 0 then\n    set $Sum = $Sum - 0.01;\n  end if;\n  {call}return round($Sum, 2);\nend;\n\n",
            call = if has_callee {
                format!(
                    "$Other = call microflow {callee}(Quantity = 1, Price = $Price, Rush = false, Code = $Code + '-{limit}');\n  set $Sum = min($Sum, $Other * $Quantity);\n  "
                )
            } else {
                String::new()
            },
        ),
        _ => format!(
            "/** Carries changes out, and says what failed. */\n\
             create microflow {name} ( State: enum {m}.State, Note: String ) returns Integer\nbegin\n  \
             retrieve $All from {e} where [State = $State] sort by Due asc, Number desc;\n  \
             $Open = filter $All where $currentObject/Done = false and $currentObject/Amount > {limit};\n  \
             $Sorted = sort $Open by Amount desc;\n  $First = head $Sorted;\n  declare $Changed Integer = 0;\n  \
             loop $Item in $Sorted begin\n    \
             change $Item (Name = if length($Item/Name) > 70 then substring($Item/Name, 0, 70) else $Item/Name + ' ' + $Note) ;\n    \
             commit $Item on error without rollback begin\n      \
             log error node '{m}' 'not saved: {{1}}' with ({{1}} = $latestError/Message);\n      continue;\n    end error;\n    \
             set $Changed = $Changed + 1;\n  end loop;\n  \
             if $First != empty then\n    show message 'Changed {{1}}, the largest is {{2}}' type Information with ({{1}} = toString($Changed), {{2}} = $First/Name);\n  end if;\n  \
             return $Changed;\nend;\n\n"
        ),
    }
}
