/// The page of ``HTMLReport``. Every `{{{value}}}` was escaped by ``HTMLText``; see there why Mustache does not.
enum HTMLTemplate {
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
    <header>
    <h1>{{{title}}}</h1>
    <p class="verdict {{{verdictClass}}}">{{{verdict}}}</p>
    </header>
    <main>
    <section aria-label="Summary">
    <dl class="cards">{{#cards}}<div class="card {{{class}}}"><dt>{{{name}}}</dt><dd>{{{value}}}</dd></div>{{/cards}}</dl>
    </section>
    {{#hasImpact}}<section id="impact">
    <h2>What changes</h2>
    <p>{{{impactText}}}</p>
    {{#sections}}<h3>{{{title}}}: {{{count}}}</h3>
    <table><thead><tr><th scope="col">by</th><th scope="col">reviews</th></tr></thead><tbody>
    {{#groups}}<tr><th scope="row">{{{by}}}</th><td>{{{text}}}</td></tr>{{/groups}}
    </tbody></table>
    {{/sections}}</section>{{/hasImpact}}
    {{#hasFalsePositives}}<section><h2>Allowlist</h2><p>{{{falsePositives}}}</p></section>{{/hasFalsePositives}}
    <section id="policies">
    <h2>Policies</h2>
    <table><thead><tr><th scope="col">policy</th><th scope="col">matched</th><th scope="col">denied</th><th scope="col">errors</th></tr></thead><tbody>
    {{#policies}}<tr class="{{{class}}}"><th scope="row">{{{name}}}</th><td>{{{matched}}}</td><td>{{{denied}}}</td><td>{{{errors}}}</td></tr>
    {{/policies}}</tbody></table>
    </section>
    {{#hasCoverage}}<section id="coverage">
    <h2>Not covered</h2>
    <ul>{{#uncovered}}<li>{{{.}}}</li>{{/uncovered}}</ul>
    </section>{{/hasCoverage}}
    {{#hasLatency}}<section id="latency">
    <h2>Time per review</h2>
    <p>{{{latencyText}}}</p>
    <svg viewBox="0 0 {{{chartWidth}}} 150" role="img" aria-label="{{{latencyText}}}">
    {{#bars}}<g><title>{{{title}}}</title><rect x="{{{x}}}" y="{{{y}}}" width="{{{width}}}" height="{{{height}}}"></rect>{{#label}}<text x="{{{middle}}}" y="145">{{{label}}}</text>{{/label}}</g>
    {{/bars}}</svg>
    </section>{{/hasLatency}}
    {{#hasUnreadable}}<section id="unreadable">
    <h2>Unreadable</h2>
    <ul>{{#unreadable}}<li><code>{{{place}}}</code>: {{{message}}}</li>{{/unreadable}}</ul>
    </section>{{/hasUnreadable}}
    <section id="reviews">
    <h2>Reviews</h2>
    <p>{{{shownText}}}</p>
    <form id="filters" class="scripted" hidden>
    <label>Search <input id="search" type="search" placeholder="name, namespace, message"></label>
    <label>Decision <select id="decision"><option value="">all</option>{{#decisions}}<option value="{{{value}}}">{{{text}}}</option>{{/decisions}}</select></label>
    <label>Policy <select id="policy"><option value="">all</option>{{#names}}<option value="{{{.}}}">{{{.}}}</option>{{/names}}</select></label>
    <label>Kind <select id="kind"><option value="">all</option>{{#kinds}}<option value="{{{.}}}">{{{.}}}</option>{{/kinds}}</select></label>
    <output id="count"></output>
    </form>
    {{#reviews}}<details class="review {{{state}}}" data-decision="{{{state}}}" data-kind="{{{kind}}}" data-policies="{{{policies}}}">
    <summary><span class="badge">{{{state}}}</span> <span class="object">{{{object}}}</span> <span class="id">{{{id}}}</span> <span class="time">{{{time}}}</span></summary>
    <div class="body">
    <p class="place"><code>{{{place}}}</code>{{#user}} by <code>{{{user}}}</code>{{/user}}{{#owner}}, owned by <code>{{{owner}}}</code>{{/owner}}</p>
    {{#unmet}}<p class="unmet"><strong>Not as expected:</strong> {{{.}}}</p>{{/unmet}}
    {{#differences}}<div class="difference"><h4>{{{title}}}</h4><pre class="diff"><del>{{{before}}}</del>
    <ins>{{{after}}}</ins></pre></div>{{/differences}}
    {{#outcomes}}<h4>{{{name}}} <span class="badge small {{{result}}}">{{{result}}}</span>{{#exception}} <span class="exception">excepted by {{{exception}}}</span>{{/exception}}</h4>
    {{#hasFailures}}<ul>{{#failures}}<li>{{{.}}}</li>{{/failures}}</ul>{{/hasFailures}}{{/outcomes}}
    {{#noOutcome}}<p>No policy matched.</p>{{/noOutcome}}
    {{#hasDiff}}<h4>Patch</h4><pre class="diff">{{#diff}}<span class="{{{class}}}">{{{mark}}} {{{text}}}</span>
    {{/diff}}</pre>{{/hasDiff}}
    {{#hasWarnings}}<h4>Warnings</h4><ul>{{#warnings}}<li>{{{.}}}</li>{{/warnings}}</ul>{{/hasWarnings}}
    {{#hasAnnotations}}<h4>Audit annotations</h4><ul>{{#annotations}}<li><code>{{{key}}}</code>: {{{value}}}</li>{{/annotations}}</ul>{{/hasAnnotations}}
    </div>
    </details>
    {{/reviews}}</section>
    </main>
    <script>{{{script}}}</script>
    </body>
    </html>

    """

  static let style = """
    :root{--ink:#1b1f24;--dim:#59636e;--line:#d1d9e0;--back:#fff;--soft:#f6f8fa;--good:#1a7f37;--bad:#cf222e;--odd:#9a6700;--blue:#0969da}
    @media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--line:#3d444d;--back:#0d1117;--soft:#151b23;--good:#3fb950;--bad:#f85149;--odd:#d29922;--blue:#4493f8}}
    *{box-sizing:border-box}
    body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back)}
    header,main{max-width:1100px;margin:0 auto;padding:16px 24px}
    h1{font-size:24px;margin:8px 0 4px}h2{font-size:19px;margin:32px 0 8px;border-bottom:1px solid var(--line);padding-bottom:4px}
    h3{font-size:16px;margin:16px 0 8px}h4{font-size:14px;margin:12px 0 4px}
    .verdict{font-weight:600;margin:0}.verdict.good{color:var(--good)}.verdict.bad{color:var(--bad)}
    .cards{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}
    .card{border:1px solid var(--line);border-radius:8px;padding:8px 16px;min-width:110px;background:var(--soft)}
    .card dt{color:var(--dim);font-size:13px}.card dd{margin:0;font-size:22px;font-weight:600}
    .card.bad dd{color:var(--bad)}.card.good dd{color:var(--good)}.card.odd dd{color:var(--odd)}
    table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid var(--line);vertical-align:top}
    td{font-variant-numeric:tabular-nums;overflow-wrap:anywhere}tr.unused th,tr.unused td{color:var(--odd)}
    svg{width:100%;height:auto;max-width:1050px}rect{fill:var(--blue)}svg text{fill:var(--dim);font:10px system-ui,sans-serif;text-anchor:middle}
    form{display:flex;flex-wrap:wrap;gap:12px;align-items:end;padding:12px;border:1px solid var(--line);border-radius:8px;background:var(--soft);margin-bottom:12px}
    form[hidden]{display:none}label{display:flex;flex-direction:column;font-size:13px;color:var(--dim)}
    input,select{font:inherit;color:var(--ink);background:var(--back);border:1px solid var(--line);border-radius:6px;padding:4px 8px;max-width:260px}
    output{margin-left:auto;color:var(--dim)}
    details.review{border:1px solid var(--line);border-radius:6px;margin:6px 0}details.review[hidden]{display:none}
    summary{cursor:pointer;padding:6px 10px;display:flex;gap:10px;flex-wrap:wrap;align-items:baseline}
    summary .object{font-weight:500;overflow-wrap:anywhere}summary .id{color:var(--dim);font-size:13px;overflow-wrap:anywhere}summary .time{margin-left:auto;color:var(--dim);font-size:13px}
    .badge{border:1px solid;border-radius:12px;padding:0 9px;font-size:12px;font-weight:600;white-space:nowrap;color:var(--dim)}
    .denied>summary .badge,.unexpected>summary .badge,.badge.fail,.badge.error{color:var(--bad)}
    .allowed>summary .badge,.badge.pass{color:var(--good)}.changed>summary .badge,.badge.excepted,.badge.mutated{color:var(--odd)}
    .body{padding:0 14px 12px;border-top:1px solid var(--line)}.place{color:var(--dim);font-size:13px}
    .unmet{color:var(--bad);white-space:pre-wrap}li{white-space:pre-wrap;overflow-wrap:anywhere}
    code,pre{font:13px/1.45 ui-monospace,monospace}pre{overflow-x:auto;background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:8px;white-space:pre-wrap;overflow-wrap:anywhere}
    del,.removed{color:var(--bad);text-decoration:none}ins,.added{color:var(--good);text-decoration:none}.kept{color:var(--dim)}
    """

  static let script = """
    (function () {
      var form = document.getElementById('filters');
      var reviews = Array.prototype.slice.call(document.querySelectorAll('details.review'));
      var texts = reviews.map(function (review) { return review.textContent.toLowerCase(); });
      function value(id) { return document.getElementById(id).value; }
      function apply() {
        var search = value('search').toLowerCase(), decision = value('decision'), policy = value('policy'), kind = value('kind');
        var shown = 0;
        reviews.forEach(function (review, index) {
          var fits = (!search || texts[index].indexOf(search) >= 0) && (!decision || review.dataset.decision === decision) &&
            (!policy || (' ' + review.dataset.policies + ' ').indexOf(' ' + policy + ' ') >= 0) &&
            (!kind || review.dataset.kind === kind);
          review.hidden = !fits;
          if (fits) { shown += 1; }
        });
        document.getElementById('count').textContent = shown + ' of ' + reviews.length;
      }
      form.hidden = false;
      form.addEventListener('input', apply);
      form.addEventListener('submit', function (event) { event.preventDefault(); });
      apply();
    })();
    """
}
