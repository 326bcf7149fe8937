/// The page of ``HTMLExplanationReport``. Every `{{{value}}}` was escaped by ``HTMLText``; see there why Mustache does not.
enum ExplanationTemplate {
  static let page = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="{{{policy}}}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{{{title}}}</title>
    <style>{{{style}}}</style>
    </head>
    <body>
    <header><h1>{{{title}}}</h1></header>
    <main>
    {{#empty}}<p>There was no review to explain.</p>{{/empty}}
    {{#reviews}}<details class="review {{{state}}}"{{#open}} open{{/open}}>
    <summary><span class="badge">{{{decision}}}</span> <span class="object">{{{object}}}</span> <span class="id">{{{id}}}</span> <span class="time">{{{time}}}</span></summary>
    <div class="body">
    <p class="place"><code>{{{place}}}</code>{{#user}} by <code>{{{user}}}</code>{{/user}}</p>
    {{#notes}}<p class="note">{{{.}}}</p>
    {{/notes}}
    {{#policies}}<details class="policy {{{class}}}"{{#open}} open{{/open}}>
    <summary><span class="badge {{{class}}}">{{{result}}}</span> <span class="object">{{{title}}}</span> <span class="time">{{{place}}}</span></summary>
    <div class="body">
    {{#remarks}}<p>{{{.}}}</p>{{/remarks}}
    {{#views}}<section><h3>{{{heading}}}</h3>
    <ul>{{#lines}}<li>{{{.}}}</li>{{/lines}}</ul>
    {{#runs}}{{#titles}}<h4>{{{.}}}</h4>{{/titles}}
    {{#blocks}}{{> block}}{{/blocks}}
    {{#unused}}<p class="place">not needed: {{{.}}}</p>{{/unused}}{{/runs}}
    {{#exceptions}}<p class="exception">{{{text}}} <span class="place">{{{place}}}</span></p>
    {{#conditions}}{{> block}}{{/conditions}}{{/exceptions}}
    </section>{{/views}}
    </div></details>
    {{/policies}}</div></details>
    {{/reviews}}
    {{#omitted}}<p>{{{.}}}</p>{{/omitted}}
    </main>
    </body>
    </html>

    """

  /// An expression and what it gave.
  static let block = """
    <div class="expression"><h4>{{{name}}} <span class="badge small {{{class}}}">{{{value}}}</span> <span class="place">{{{remark}}}</span></h4>
    <pre>{{{source}}}</pre>
    {{#lines}}<p class="{{{class}}}">{{{text}}}</p>{{/lines}}
    <ul class="loops">{{#loops}}<li>{{{.}}}</li>{{/loops}}</ul>
    <details class="parts"><summary>values of its parts</summary><table><tbody>
    {{#parts}}<tr><th scope="row"><code>{{{text}}}</code></th><td class="{{{class}}}"><code>{{{value}}}</code>{{#element}} for {{{.}}}{{/element}}</td><td>cost {{{cost}}}</td></tr>
    {{/parts}}</tbody></table></details>
    </div>
    """

  /// That of ``HTMLTemplate``, and what this page has besides.
  static let allStyle = HTMLTemplate.style + "\n" + style

  private static let style = """
    details.policy,details.parts{border:1px solid var(--line);border-radius:6px;margin:6px 0}
    details.policy.unmatched>summary .object{color:var(--dim)}details.parts{border:0;margin:0}details.parts>summary{color:var(--dim);font-size:13px;padding:2px 0}
    h3{font-size:15px;margin:14px 0 4px}h4{font-size:14px;margin:12px 0 4px}.note,.message,.change{white-space:pre-wrap;overflow-wrap:anywhere}
    .expression{margin-left:12px}.expression pre{white-space:pre;overflow-wrap:normal;margin:4px 0}pre .yes{color:var(--good)}pre .no{color:var(--bad)}pre .dim{color:var(--dim)}
    .badge.yes,td.yes{color:var(--good)}.badge.no,td.no{color:var(--bad)}.badge.small{white-space:normal;overflow-wrap:anywhere}.badge.small.value{border:0;padding:0;font:13px ui-monospace,monospace}
    .message{color:var(--bad)}.exception,.change{color:var(--odd)}ul.loops{margin:2px 0;padding-left:18px;list-style:none;font:13px/1.45 ui-monospace,monospace}
    """
}
