// JupyterLab's own output area on a plain page, fed with messages that a kernel published: its models, its renderers, its order of MIME types, its handling of updates.
import { OutputArea, OutputAreaModel } from '@jupyterlab/outputarea';
import { RenderMimeRegistry, standardRendererFactories } from '@jupyterlab/rendermime';
import { rendererFactory as javascriptFactory } from '@jupyterlab/javascript-extension';
import { Widget } from '@lumino/widgets';

const rendermime = new RenderMimeRegistry({ initialFactories: standardRendererFactories });
rendermime.addFactory(javascriptFactory);
const futures = [];

window.bpfiLab = {
  /** Makes the output area of a cell; its number goes to receive. */
  cell() {
    const area = new OutputArea({ model: new OutputAreaModel({ trusted: true }), rendermime });
    Widget.attach(area, document.body);
    const future = { done: new Promise(() => {}), dispose() {} };
    area.future = future;
    area.node.id = `cell-${futures.length}`;
    return futures.push(future) - 1;
  },

  /** Gives a cell a message of iopub. */
  receive(cell, type, content) {
    return futures[cell].onIOPub({ channel: 'iopub', header: { msg_type: type }, parent_header: {}, metadata: {}, content });
  }
};
